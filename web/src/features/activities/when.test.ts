import { expect, test } from "vitest"
import { phaseOf } from "./when"

const published = { stage: "published", starts_at: "2026-11-22T11:00:00Z", ends_at: "2026-11-22T13:00:00Z" } as const

test("a published activity is open, then begun, then over", () => {
  expect(phaseOf(published, new Date("2026-11-22T10:59:59Z"))).toBe("published")
  expect(phaseOf(published, new Date("2026-11-22T11:00:00Z"))).toBe("begun")
  expect(phaseOf(published, new Date("2026-11-22T12:59:59Z"))).toBe("begun")
  expect(phaseOf(published, new Date("2026-11-22T13:00:00Z"))).toBe("over")
})

test("of an activity that is not published only the stage is told", () => {
  expect(phaseOf({ ...published, stage: "cancelled" }, new Date("2026-11-22T12:00:00Z"))).toBe("cancelled")
})
