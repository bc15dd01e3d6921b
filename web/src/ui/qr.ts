import { encode } from "uqr"

/** Four light squares all around: what readers need to find the code. */
const QUIET = 4

/** A text as a QR code, for an SVG: how many squares wide it is, and the outline of its dark ones. */
export function qrDrawing(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: "M", border: QUIET })
  const path = data.flatMap((row, y) =>
    runs(row).map(([from, to]) => `M${String(from)} ${String(y)}h${String(to - from)}v1H${String(from)}z`),
  )
  return { size, path: path.join("") }
}

/** Where the dark runs of a row begin and end. */
function runs(row: readonly boolean[]): [number, number][] {
  const found: [number, number][] = []
  row.forEach((dark, x) => {
    const last = found.at(-1)
    if (dark && last?.[1] === x) last[1] = x + 1
    else if (dark) found.push([x, x + 1])
  })
  return found
}
