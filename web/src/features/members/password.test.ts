import { expect, test } from "vitest"
import { freshPassword, SHORTEST } from "./password"

test("a fresh password is long enough, easy to read and never the same", () => {
  const drawn = new Set(Array.from({ length: 200 }, freshPassword))
  expect(drawn.size).toBe(200)
  for (const one of drawn) {
    expect(one).toMatch(/^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){2}$/)
    expect(one.length).toBeGreaterThanOrEqual(SHORTEST)
  }
})
