import { expect, test } from "vitest"
import type { WallQuery } from "@/api/requests"
import type { WallItem, WallPage } from "@/api/types"
import { buildingOf, readColumn } from "./wishWall"

const COUNTS = { waiting: 130, helped: 0, fulfilled: 0 }

/** A wall with so many cards in the column, which remembers how it was asked. */
function wallOf(count: number) {
  const asked: WallQuery[] = []
  const ask = (query: WallQuery): Promise<WallPage> => {
    asked.push(query)
    const from = Number(query.cursor ?? 0)
    const to = Math.min(count, from + (query.limit ?? 20))
    const items = Array.from({ length: to - from }, (_, at) => ({ id: String(from + at) }) as WallItem)
    return Promise.resolve({ items, next_cursor: to < count ? String(to) : null, counts: query.cursor ? null : COUNTS })
  }
  return { ask, asked }
}

test("the building is the second part of a room's id", () => {
  expect(buildingOf("east.b3.f4.r407")).toBe("east.b3")
  expect([null, undefined, "east", "east.hall"].map(buildingOf)).toEqual([null, null, null, null])
})

test("a column is read as far as it was shown, and tells whether there is more", async () => {
  const { ask, asked } = wallOf(50)
  const column = await readColumn(ask, { column: "waiting", building: "east.b3" }, 40)
  expect(column).toMatchObject({ more: true, counts: COUNTS })
  expect(column.items).toHaveLength(40)
  expect(asked).toEqual([{ column: "waiting", building: "east.b3", limit: 40 }])
})

test("a long column is read page after page, each card once", async () => {
  const { ask, asked } = wallOf(130)
  const column = await readColumn(ask, { column: "waiting" }, 140)
  expect(column.items.map((item) => item.id)).toEqual(Array.from({ length: 130 }, (_, at) => String(at)))
  expect(column).toMatchObject({ more: false, counts: COUNTS })
  expect(asked.map((query) => query.cursor)).toEqual([undefined, "100"])
})
