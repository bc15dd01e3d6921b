/** How the screen is drawn: one column to scroll, a wall (two or three to one), or a band of screens side by side. */
export type Shape = "column" | "wall" | "band"

export interface Layout {
  shape: Shape
  /** The size at which it is drawn, before it is scaled as a whole; it fills the window whatever its proportions. */
  width: number
  height: number
  scale: number
  /** The height that the storeys of the tallest building may take. */
  storeys: number
}

/** The least size at which every word of the wall has room. */
const WIDTH = 1920
const HEIGHT = 1080
/** From this width on, in heights, there is room for every panel beside the others. */
const BAND = 2.6
const NARROWEST = 1000
/** What the storeys may take on a wall of the least height, and what a band of screens leaves beside them. */
const STOREYS = 350
const BESIDE_STOREYS = 450

/** The layout for a window of this size: no part of the window stays empty. */
export function layoutFor(width: number, height: number): Layout {
  if (width < NARROWEST || height > width) return { shape: "column", width, height, scale: 1, storeys: STOREYS }
  const scale = Math.min(width / WIDTH, height / HEIGHT)
  const drawn = { width: width / scale, height: height / scale, scale }
  return width / height >= BAND
    ? { ...drawn, shape: "band", storeys: drawn.height - BESIDE_STOREYS }
    : { ...drawn, shape: "wall", storeys: STOREYS + drawn.height - HEIGHT }
}
