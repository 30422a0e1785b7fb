export type Place = { readonly latitude: number, readonly longitude: number }

const earthRadius = 6371

/** The great circle between two places, in kilometres. */
export function distance (a: Place, b: Place): number {
  const phi = radians(b.latitude - a.latitude) / 2
  const lambda = radians(b.longitude - a.longitude) / 2
  const h = Math.sin(phi) ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(lambda) ** 2
  return 2 * earthRadius * Math.asin(Math.sqrt(h))
}

function radians (degrees: number): number {
  return degrees * Math.PI / 180
}
