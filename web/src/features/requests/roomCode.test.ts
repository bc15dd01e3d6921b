import { expect, test } from "vitest"
import { OFFLINE, Problem } from "@/api/problem"
import { roomOfCode } from "./roomCode"

const ROOM = "east.b3.f4.r407"
const BUILDINGS = [{ id: "east.b3" }]
const rooms = (floor: string) => Promise.resolve(floor === "east.b3.f4" ? [{ id: ROOM }] : [])
const fails = (status: number) => () => Promise.reject(new Problem(status, status ? "http.failed" : OFFLINE))

test("a room that exists is the place", async () => {
  expect(await roomOfCode(ROOM, rooms, [])).toBe(ROOM)
})

test("what is no room is left aside", async () => {
  for (const scanned of [null, "", "east.b3", "east.b3.f4.r499", "east.b3.f9.r901", [ROOM, ROOM]])
    expect(await roomOfCode(scanned, rooms, BUILDINGS)).toBeNull()
})

test("without network a room of a known building is believed, any other is not", async () => {
  expect(await roomOfCode(ROOM, fails(0), BUILDINGS)).toBe(ROOM)
  expect(await roomOfCode("west.b1.f1.r101", fails(0), BUILDINGS)).toBeNull()
  expect(await roomOfCode(ROOM, fails(403), BUILDINGS)).toBeNull()
})
