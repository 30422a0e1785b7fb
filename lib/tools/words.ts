/** Words of a foreign card, as far as a model may be shown them. */

/** Controls, and what people don't see and models read: marks of direction, joiners, tags, variation selectors. */
const hidden = /(?![\n\t])\p{Cc}|\p{Cf}|\p{Co}|[\u2028\u2029]|\p{Variation_Selector}/gu

/** @param max characters */
export function clean (text: string, max: number): string {
  return cut(text.slice(0, 4 * max).replace(hidden, '').trim(), max)
}

/** At most so many characters, and none of them half. */
export function cut (text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, '')
}
