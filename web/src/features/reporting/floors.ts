import type { BuildingRow, FloorRow } from "@/api/types"

/** What a floor shows: the worst first. Every state has its own pattern, icon and word. */
export type FloorState = "late" | "busy" | "calm"

export interface Storey {
  row: FloorRow
  state: FloorState
  /** Somebody lives here and no reachable member answers for all of it. */
  gap: boolean
}

export interface House {
  id: string
  name: string
  open: number
  coverage: number | null
  storeys: Storey[]
}

export function stateOf(row: FloorRow): FloorState {
  if (row.overdue > 0) return "late"
  return row.open > 0 ? "busy" : "calm"
}

/** The buildings in the order of their ids, each with its floors from the roof down. */
export function houses(buildings: readonly BuildingRow[], floors: readonly FloorRow[]): House[] {
  const inside = Map.groupBy(floors, (floor) => floor.building)
  const known = new Map(buildings.map((building) => [building.key, building]))
  const ids = [...new Set([...known.keys(), ...inside.keys()])].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  )
  return ids.map((id) => {
    const rows = [...(inside.get(id) ?? [])].sort((a, b) => b.place.localeCompare(a.place, "en", { numeric: true }))
    return {
      id,
      name: known.get(id)?.name ?? id,
      open: known.get(id)?.open ?? rows.reduce((sum, row) => sum + row.open, 0),
      coverage: known.get(id)?.coverage ?? null,
      storeys: rows.map((row) => ({ row, state: stateOf(row), gap: !row.covered && row.occupied_rooms !== 0 })),
    }
  })
}
