import { expect, test } from "vitest"
import zh from "@/wording/zh-CN.json"
import type { TimelineEntry } from "@/api/types"
import { newestFirst, timelineLine } from "./timeline"

const words: Record<string, string> = Object.fromEntries(
  Object.entries(zh.timeline).map(([key, word]) => [`timeline.${key}`, word]),
)
const HELPER = "abcdefghijklmnopqrstuvwxyz"
const given = {
  t: (key: string) => words[key] ?? key,
  te: (key: string) => key in words,
  names: {
    person: (id: string | null | undefined) => (id === HELPER ? "李梅" : ""),
    categoryName: (id: string) => (id === "repair.heat" ? "暖气" : id),
  },
}
const entry = (code: string, params: Record<string, string> = {}, at = "2026-11-22T03:00:00Z"): TimelineEntry => ({
  at,
  code,
  actor: "requests",
  params,
})

test("a closing is told by how it ended", () => {
  expect(timelineLine(entry("request.closed", { outcome: "confirmed" }), given).what).toBe(
    zh.timeline.request_closed_confirmed,
  )
})

test("a line names the helper, the category and the reason", () => {
  expect(timelineLine(entry("leg.assigned", { helper: HELPER, leg: "x" }), given).more).toBe("李梅")
  expect(timelineLine(entry("request.triaged", { category: "repair.heat", rule: "r" }), given).more).toBe("暖气")
  expect(timelineLine(entry("request.rejected", { reason: "重复", alternative: "拨打电话" }), given).more).toBe(
    "重复 · 拨打电话",
  )
})

test("an unknown code is shown as it is", () => {
  expect(timelineLine(entry("request.unheard_of"), given).what).toBe("request.unheard_of")
})

test("the newest line comes first, and of one moment the last one written", () => {
  const at = "2026-11-22T03:00:00Z"
  const lines = newestFirst([entry("a", {}, at), entry("b", {}, at), entry("c", {}, "2026-11-22T04:00:00Z")])
  expect(lines.map((line) => line.code)).toEqual(["c", "b", "a"])
})
