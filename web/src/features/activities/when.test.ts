import { expect, test } from "vitest"
import { phaseOf, span } from "./when"

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

test("when an activity is, is told by the campus's clock and in the language of the page", () => {
  expect(span("2027-01-31T16:00:00Z", "2027-01-31T17:00:00Z", "zh-CN", "Asia/Shanghai")).toBe("2月1日周一 00:00–01:00")
  expect(span("2027-01-31T16:00:00Z", "2027-01-31T17:00:00Z", "en", "Europe/Berlin")).toMatch(/^Sun.*Jan.* 17:00–18:00$/)
  expect(span("2027-01-31T15:00:00Z", "2027-01-31T17:00:00Z", "zh-CN", "Asia/Shanghai")).toBe("1月31日周日 23:00–2月1日周一 01:00")
})
