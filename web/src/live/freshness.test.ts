import { expect, test } from "vitest"
import { judge, SILENCE_MS, waitBefore } from "./freshness"

test("a page that never saw anything waits", () => {
  expect(judge(null, false, 1000)).toBe("waiting")
  expect(judge(null, true, 1000)).toBe("waiting")
})

test("a line with a recent sign of life is live", () => {
  expect(judge(1000, true, 1000 + SILENCE_MS)).toBe("live")
})

test("a broken line is stale at once, a silent one after two missed heartbeats", () => {
  expect(judge(1000, false, 1001)).toBe("stale")
  expect(judge(1000, true, 1001 + SILENCE_MS)).toBe("stale")
})

test("pauses between attempts grow, stay under 15 s, and never vanish", () => {
  const pauses = Array.from({ length: 12 }, (_, attempt) => waitBefore(attempt, 1))
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
  expect(pauses.at(-1)).toBe(15_000)
  expect(waitBefore(0, 0)).toBeGreaterThanOrEqual(250)
})
