/** The interests that activities are known by, and the words that people have for them. */
const words: Record<string, string> = {
  temples: 'temples?|shrines?|church(?:es)?|mosques?|cathedrals?|monaster(?:y|ies)|religio\\w+|spiritual',
  food: 'food|foodies?|eat(?:ing)?|restaurants?|cuisine|cook(?:ing)?|sushi|ramen|street food|markets?|tapas|pizza|pasta|wine',
  art: 'art|arts|museums?|galler(?:y|ies)|paint(?:ing|ings)?|design',
  history: 'histor(?:y|ic|ical)|ruins|castles?|palaces?|ancient|old town',
  gardens: 'gardens?|parks?|nature|green',
  views: 'views?|skyline|panorama|photograph\\w*|photos?|sunsets?',
  shopping: 'shopping|shops?|fashion|vintage|boutiques?',
  music: 'music|jazz|concerts?|opera|theat(?:re|er)|dance',
  crafts: 'crafts?|workshops?|potter(?:y|ies)|ceramics|making things',
  nightlife: 'night ?life|bars?|clubs?|cocktails?|party(?:ing)?'
}

export const interests = Object.keys(words)

export function interestsIn (text: string): string[] {
  return interests.filter(interest => new RegExp(`\\b(?:${words[interest]})\\b`, 'i').test(text))
}
