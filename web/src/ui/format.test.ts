import { beforeEach, describe, expect, test } from "vitest"
import { zone } from "@/live/campus"
import { away, clockTime, dayText, duration, figureText, fill, floorText, moment, monthText, placeText } from "./format"

const ZONE = "Asia/Shanghai"
const now = new Date("2026-11-22T14:03:09+08:00")
/** A moment by the campus's clock. */
const iso = (...[year, month, day, hour, minute]: [number, number, number, number, number]) =>
  new Date(Date.UTC(year, month, day, hour - 8, minute)).toISOString()
beforeEach(() => {
  zone.value = ZONE
})

test("a clock time has all six digits", () => {
  expect(clockTime(new Date("2026-01-01T04:05:06+08:00"))).toBe("04:05:06")
})

test("a day and a month are written in the language of the page", () => {
  expect(dayText(now, "zh-CN")).toBe("11月22日")
  expect(dayText(now, "en")).toBe("22 Nov")
  expect(monthText(now, "zh-CN")).toBe("11月")
  expect(monthText(now, "en")).toBe("Nov")
})

describe("a moment", () => {
  test("of today is only the time", () => {
    expect(moment(iso(2026, 10, 22, 9, 5), now, "zh-CN")).toBe("09:05")
  })
  test("of this year has its day", () => {
    expect(moment(iso(2026, 10, 3, 9, 5), now, "zh-CN")).toBe("11月3日 09:05")
    expect(moment(iso(2026, 10, 3, 9, 5), now, "en")).toBe("3 Nov 09:05")
  })
  test("of another year has its year", () => {
    expect(moment(iso(2025, 0, 3, 9, 5), now, "zh-CN")).toBe("2025年1月3日 09:05")
    expect(moment(iso(2025, 0, 3, 9, 5), now, "en")).toBe("3 Jan 2025 09:05")
  })
  test("is told by the campus's clock: the same evening is today there and yesterday elsewhere", () => {
    expect(moment("2026-11-21T16:30:00Z", now, "zh-CN")).toBe("00:30")
    expect(moment("2026-11-21T16:30:00Z", now, "zh-CN", "Europe/Berlin")).toBe("11月21日 17:30")
    expect(moment("2026-12-31T16:30:00Z", now, "en")).toBe("1 Jan 2027 00:30")
    zone.value = "America/New_York"
    expect(moment("2026-11-22T04:59:00Z", now, "en")).toBe("21 Nov 23:59")
  })
  test("that is not known is a dash", () => {
    expect(moment(null, now, "en")).toBe("—")
    expect(moment("nonsense", now, "en")).toBe("—")
  })
})

test("a distance is told in the largest unit that fits", () => {
  expect(away(iso(2026, 10, 22, 16, 10), now, "en")).toBe("in 2 hours")
  expect(away(iso(2026, 10, 20, 14, 0), now, "zh-CN")).toBe("前天")
})

test("a length of time grows from seconds to days", () => {
  expect(duration(42, "en")).toEqual(["42", "s"])
  expect(duration(312.5, "zh-CN")).toEqual(["5.2", "分钟"])
  expect(duration(9000, "en")).toEqual(["2.5", "h"])
  expect(duration(432_000, "zh-CN")).toEqual(["5", "天"])
})

describe("a figure", () => {
  test("without a value is a dash, never a zero", () => {
    expect(figureText(null, "share", "en")).toEqual(["—", ""])
  })
  test("that is a share is a percentage", () => {
    expect(figureText(0.8733, "share", "en")).toEqual(["87.3", "%"])
  })
  test("in stars has two digits", () => {
    expect(figureText(4.6, "stars", "en")).toEqual(["4.60", "/ 5"])
  })
  test("in seconds is a length of time", () => {
    expect(figureText(300, "seconds", "en")).toEqual(["5", "min"])
  })
})

describe("a place", () => {
  const names = { "east.b3": "竹园3号楼" }
  test("is told by its building and room", () => {
    expect(placeText("east.b3.f4.r407", names, "zh-CN")).toBe("竹园3号楼 407")
  })
  test("that is a floor is told as a floor", () => {
    expect(placeText("east.b3.f4", names, "zh-CN")).toBe("竹园3号楼 4层")
    expect(placeText("east.b3.f4", names, "en")).toBe("竹园3号楼, Floor 4")
  })
  test("on a map is only its floor", () => {
    expect(floorText("east.b3.f4", "zh-CN")).toBe("4层")
    expect(floorText("east.b3.f4.r407", "en")).toBe("F4")
  })
  test("prefers the names it was told", () => {
    expect(placeText("east.b3.f1.home", { ...names, "east.b3.f1.home": "党员之家" }, "zh-CN")).toBe(
      "竹园3号楼 党员之家",
    )
  })
  test("that is missing is a dash", () => {
    expect(placeText(null, names, "en")).toBe("—")
  })
})

test("a wording is filled with what is known and keeps the rest", () => {
  expect(fill("“{column}” in row {row}", { column: "room" })).toBe("“room” in row {row}")
})
