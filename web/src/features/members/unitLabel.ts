import type { Unit } from "@/api/types"

/** A unit with the one that it belongs to: groups of different branches have the same name. */
export function unitLabel(units: readonly Unit[], id: string | null): string {
  const unit = units.find((one) => one.id === id)
  if (!unit) return id ?? "—"
  const parent = units.find((one) => one.id === unit.parent)
  return parent?.parent ? `${parent.name} · ${unit.name}` : unit.name
}
