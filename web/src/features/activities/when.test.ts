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
  expect(span("2027-01-31T16:00:00Z", "2027-01-31T17:00:00Z", "en", "Europe/Berlin")).toMatch(
    /^Sun.*Jan.* 17:00–18:00$/,
  )
  expect(span("2027-01-31T15:00:00Z", "2027-01-31T17:00:00Z", "zh-CN", "Asia/Shanghai")).toBe(
    "1月31日周日 23:00–2月1日周一 01:00",
  )
})

test("what was ended before its time says so while its hours still run", () => {
  const ended = { ...published, stage: "completed", ended_at: "2026-11-22T12:00:00Z" } as const
  expect(phaseOf(ended, new Date("2026-11-22T12:30:00Z"))).toBe("early")
  expect(phaseOf(ended, new Date("2026-11-22T13:00:00Z"))).toBe("completed")
  expect(phaseOf({ ...ended, ended_at: "2026-11-22T14:00:00Z" }, new Date("2026-11-22T14:00:00Z"))).toBe("completed")
  expect(phaseOf({ ...ended, ended_at: null }, new Date("2026-11-22T12:30:00Z"))).toBe("completed")
})

test("a draft whose time is up can be published no more", () => {
  const draft = { ...published, stage: "planned" } as const
  expect(phaseOf(draft, new Date("2026-11-22T12:59:59Z"))).toBe("planned")
  expect(phaseOf(draft, new Date("2026-11-22T13:00:00Z"))).toBe("lapsed")
})
