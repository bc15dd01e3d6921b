import { encode } from "uqr"
import { expect, test } from "vitest"
import { qrDrawing } from "./qr"

const TEXT = "https://yizhan.example/m/file?room=east.b3.f4.r407"

test("the drawing is dark where the code is, and nowhere else", () => {
  const { size, path } = qrDrawing(TEXT)
  const dark = new Set<string>()
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g))
    for (let at = Number(x); at < Number(x) + Number(width); at += 1) dark.add(`${String(at)},${String(y)}`)
  const { data } = encode(TEXT, { ecc: "M", border: 4 })
  const wanted = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`${String(x)},${String(y)}`] : [])))
  expect([...dark].sort()).toEqual(wanted.sort())
  expect(size).toBe(data.length)
})

test("a quiet border of four squares is left around the code", () => {
  const { size, path } = qrDrawing(TEXT)
  const starts = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map((found) => found.slice(1).map(Number))
  expect(Math.min(...starts.map(([x = 0, y = 0]) => Math.min(x, y)))).toBe(4)
  expect(Math.max(...starts.map(([x = 0, , width = 0]) => x + width))).toBe(size - 4)
})
