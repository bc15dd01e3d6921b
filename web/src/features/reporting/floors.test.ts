import { expect, test } from "vitest"
import type { BuildingRow, FloorRow } from "@/api/types"
import { houses, stateOf } from "./floors"

const floor = (place: string, open = 0, overdue = 0, covered = true, occupied = 10): FloorRow => ({
  place,
  building: place.split(".").slice(0, 2).join("."),
  floor: place,
  open,
  overdue,
  covered,
  occupied_rooms: occupied,
  covered_rooms: covered ? occupied : 0,
})
const building = (key: string, open = 0): BuildingRow => ({
  key,
  name: key,
  filed: 0,
  open,
  overdue: 0,
  resolved: 0,
  coverage: null,
  occupied_rooms: 0,
  covered_rooms: 0,
  first_contact_median: null,
  resolution_rate: null,
  satisfaction: null,
})

test("a floor shows the worst of what is on it", () => {
  expect(stateOf(floor("e.b1.f1", 3, 1))).toBe("late")
  expect(stateOf(floor("e.b1.f1", 3))).toBe("busy")
  expect(stateOf(floor("e.b1.f1"))).toBe("calm")
})

test("buildings stand in the order of their numbers, floors from the roof down", () => {
  const all = houses([building("e.b10"), building("e.b2")], [floor("e.b2.f2"), floor("e.b2.f10"), floor("e.b2.f1")])
  expect(all.map((house) => house.id)).toEqual(["e.b2", "e.b10"])
  expect(all[0]?.storeys.map((storey) => storey.row.place)).toEqual(["e.b2.f10", "e.b2.f2", "e.b2.f1"])
})

test("an empty floor is no gap in cover", () => {
  const [house] = houses([], [floor("e.b1.f1", 0, 0, false, 0), floor("e.b1.f2", 0, 0, false, 4)])
  expect(house?.storeys.map((storey) => storey.gap)).toEqual([true, false])
})

test("a building that has floors but no line of its own still stands", () => {
  expect(houses([], [floor("e.b1.f1", 2), floor("e.b1.f2", 1)])[0]?.open).toBe(3)
})
