import { asProblem } from "@/api/problem"
import type { Place } from "@/api/types"

/**
 * The room whose code was scanned, or null if there is no such room. Without an answer a room of a known building is
 * believed, so that a code also serves where the network does not reach: filing looks again.
 */
export async function roomOfCode(
  scanned: unknown,
  placesOf: (floor: string) => Promise<readonly Pick<Place, "id">[]>,
  buildings: readonly Pick<Place, "id">[],
): Promise<string | null> {
  if (typeof scanned !== "string" || scanned.split(".").length !== 4) return null
  try {
    const rooms = await placesOf(scanned.slice(0, scanned.lastIndexOf(".")))
    return rooms.some((room) => room.id === scanned) ? scanned : null
  } catch (thrown) {
    return asProblem(thrown).passing && buildings.some((building) => scanned.startsWith(`${building.id}.`))
      ? scanned
      : null
  }
}
