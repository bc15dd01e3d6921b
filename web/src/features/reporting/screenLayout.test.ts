import { describe, expect, it } from "vitest"
import { layoutFor } from "./screenLayout"

const WALLS = [
  [1920, 1080],
  [1366, 768],
  [1440, 900],
  [1280, 1024],
  [2560, 1080],
  [3840, 1080],
  [3840, 2160],
  [5760, 1080],
  [7680, 1200],
] as const

describe("the layout of the leaders' screen", () => {
  it.each(WALLS)("fills a window of %d × %d and is never drawn smaller than every word needs", (width, height) => {
    const layout = layoutFor(width, height)
    expect(layout.width * layout.scale).toBeCloseTo(width)
    expect(layout.height * layout.scale).toBeCloseTo(height)
    expect(layout.width).toBeGreaterThanOrEqual(1920 - 1e-9)
    expect(layout.height).toBeGreaterThanOrEqual(1080 - 1e-9)
  })

  it.each([
    [1920, 1080, "wall"],
    [2560, 1080, "wall"],
    [3840, 2160, "wall"],
    [3840, 1080, "band"],
    [5760, 1080, "band"],
    [390, 844, "column"],
    [1080, 1920, "column"],
  ] as const)("%d × %d is a %s", (width, height, shape) => {
    expect(layoutFor(width, height).shape).toBe(shape)
  })
})
