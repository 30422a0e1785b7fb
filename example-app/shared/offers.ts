/** What agents offer, as it stands in the data parts of their artifacts. Whoever asks them checks it against these. */
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'

const ajv = new Ajv({ strict: true })

const price = Type.Object({ amount: Type.Number({ minimum: 0 }), currency: Type.Literal('EUR') })

const journey = Type.Object({
  from: Type.String(),
  to: Type.String(),
  /** Local time with its offset: `2027-03-12T10:15+01:00`. */
  departs: Type.String({ minLength: 16 }),
  arrives: Type.String({ minLength: 16 }),
  stops: Type.Integer({ minimum: 0 }),
  flights: Type.Array(Type.String())
})

/** There and back; the price is that of all travellers. */
const roundTrip = Type.Object({ id: Type.String(), airline: Type.String(), outbound: journey, inbound: journey, travellers: Type.Integer(), price })

/** The price is that of all rooms and nights; kilometres are those to the area that was asked for. */
const hotelOffer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  area: Type.String(),
  stars: Type.Integer(),
  rating: Type.Number(),
  checkIn: Type.String(),
  nights: Type.Integer(),
  rooms: Type.Integer(),
  kilometres: Type.Optional(Type.Number()),
  price
})

/** The price is that of all travellers. */
const activityOffer = Type.Object({
  id: Type.String(),
  title: Type.String(),
  /** What is seen: two activities may be about the same. */
  sight: Type.String(),
  area: Type.String(),
  interests: Type.Array(Type.String()),
  hours: Type.Number(),
  rating: Type.Number(),
  price
})

export type Journey = Static<typeof journey>
export type RoundTrip = Static<typeof roundTrip>
export type HotelOffer = Static<typeof hotelOffer>
export type ActivityOffer = Static<typeof activityOffer>

export const isRoundTrip = ajv.compile<RoundTrip>(roundTrip)
export const isHotelOffer = ajv.compile<HotelOffer>(hotelOffer)
export const isActivityOffer = ajv.compile<ActivityOffer>(activityOffer)
