import { describe, expect, it } from "vitest"
import { mayName } from "./personSearch"

describe("who is looked for", () => {
  it.each(["王小明", "anna berg", "wxm", "20230417"])("%s may name a person", (words) => {
    expect(mayName(words)).toBe(true)
  })
  it.each(["", "407", "r407", "b3.f4", "east.b3.f4.r407", "1128-K7M4Q2", "1128"])("%s names none", (words) => {
    expect(mayName(words)).toBe(false)
  })
})
