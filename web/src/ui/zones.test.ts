import { describe, expect, test } from "vitest"
import { agree, momentIn, partsIn, readWritten, writtenIn, zoneName } from "./zones"

const SHANGHAI = "Asia/Shanghai"
const BERLIN = "Europe/Berlin"
const NOW = new Date("2027-01-15T12:00:00Z")
const at = (text: string, zone: string) => {
  const parts = readWritten(text)
  return parts && (momentIn(parts, zone)?.toISOString() ?? "never")
}

test("a clock is read in the zone that is named, whatever the device's", () => {
  expect(partsIn(new Date("2027-01-31T16:00:05Z"), SHANGHAI)).toEqual({
    year: 2027,
    month: 2,
    day: 1,
    hour: 0,
    minute: 0,
    second: 5,
  })
  expect(partsIn(new Date("2027-01-31T16:00:05Z"), "America/New_York")).toMatchObject({ month: 1, day: 31, hour: 11 })
})

test("what is entered is a time of the zone", () => {
  expect(at("2027-02-01 19:00", SHANGHAI)).toBe("2027-02-01T11:00:00.000Z")
  expect(at("2027-02-01 19:00", "Asia/Kathmandu")).toBe("2027-02-01T13:15:00.000Z")
  expect(at("2027-07-01 19:00", BERLIN)).toBe("2027-07-01T17:00:00.000Z")
  expect(at("2027-01-01 19:00", BERLIN)).toBe("2027-01-01T18:00:00.000Z")
  expect(at("2027-01-01 00:30", "Pacific/Auckland")).toBe("2026-12-31T11:30:00.000Z")
})

test("the hour that is skipped in spring does not exist, the hour repeated in autumn is the earlier one", () => {
  expect(at("2027-03-28 02:30", BERLIN)).toBe("never")
  expect(at("2027-03-28 03:30", BERLIN)).toBe("2027-03-28T01:30:00.000Z")
  expect(at("2027-03-28 01:59", BERLIN)).toBe("2027-03-28T00:59:00.000Z")
  expect(at("2027-10-31 02:30", BERLIN)).toBe("2027-10-31T00:30:00.000Z")
  expect(at("2027-10-31 03:30", BERLIN)).toBe("2027-10-31T02:30:00.000Z")
  expect(at("2027-03-14 02:30", "America/New_York")).toBe("never")
})

test("what was entered is written as it was entered", () => {
  for (const zone of [SHANGHAI, BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
    for (const text of ["2027-02-01 19:00", "2027-07-15 00:00", "2027-12-31 23:59"])
      expect(writtenIn(new Date(at(text, zone) ?? ""), zone)).toBe(text)
})

describe("people write times in many ways", () => {
  test.each([
    "2027-02-01T19:00",
    "2027-2-1 19:00",
    "2027/02/01 19:00",
    "2027.2.1 19：00",
    "2027年2月1日 19:00",
    "2027年2月1日19点00分",
    "２０２７-02-01 19:00",
    " 2027-02-01  19:00 ",
  ])("%s", (text) => {
    expect(at(text, SHANGHAI)).toBe("2027-02-01T11:00:00.000Z")
  })
  test.each([
    "",
    "tomorrow",
    "2027-02-01",
    "19:00",
    "2027-02-30 19:00",
    "2027-13-01 19:00",
    "2027-00-10 19:00",
    "2027-02-01 24:00",
    "2027-02-01 19:60",
    "02/01/2027 19:00",
    "2027-02-0119:00",
  ])("%s is no time", (text) => {
    expect(readWritten(text)).toBeNull()
  })
})

test("zones agree when their clocks show the same, by whatever name", () => {
  const winter = new Date("2027-01-15T12:00:00Z")
  expect(agree(winter, SHANGHAI, "Asia/Singapore")).toBe(true)
  expect(agree(winter, SHANGHAI, "UTC")).toBe(false)
  expect(agree(winter, "Europe/London", "UTC")).toBe(true)
  expect(agree(new Date("2027-07-15T12:00:00Z"), "Europe/London", "UTC")).toBe(false)
})

test("a zone is named in the reader's language", () => {
  expect(zoneName(BERLIN, "en", NOW)).toBe("Central European Time")
  expect(zoneName(BERLIN, "zh-CN", NOW)).toBe("中欧时间")
  expect(zoneName(SHANGHAI, "zh-CN", NOW)).toContain("中国")
})
