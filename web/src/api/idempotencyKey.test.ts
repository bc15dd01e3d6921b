import { describe, expect, it } from "vitest"
import { formIdempotencyKey, newIdempotencyKey } from "./idempotencyKey"

describe("the key of a form", () => {
  it("stays while the same is said, and is another one for other words or another form", () => {
    const form = formIdempotencyKey()
    const first = form.of({ kind: "helper" })
    expect(form.of({ kind: "helper" })).toBe(first)
    const other = form.of({ kind: "outside" })
    expect(other).not.toBe(first)
    form.forget()
    expect(form.of({ kind: "outside" })).not.toBe(other)
    expect(formIdempotencyKey().of({ kind: "helper" })).not.toBe(first)
  })

  it("is 32 hexadecimal digits", () => {
    expect(newIdempotencyKey()).toMatch(/^[0-9a-f]{32}$/)
  })
})
