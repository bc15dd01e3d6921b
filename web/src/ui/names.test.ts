import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"

const namesOf = vi.fn<(ids: readonly string[]) => Promise<{ names: Record<string, string> }>>()
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined })
vi.mock("@/api/members", () => ({ namesOf, placesIn: vi.fn() }))
vi.mock("@/api/requests", () => ({ categories: vi.fn() }))

const { forgetNames, personName } = await import("./names")

describe("a name", () => {
  beforeEach(() => {
    vi.useFakeTimers()
    namesOf.mockReset()
    forgetNames()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test("is asked for once, together with the others of the page", async () => {
    namesOf.mockResolvedValue({ names: { a: "李梅", b: "王一" } })
    expect([personName("a"), personName("b"), personName("a")]).toEqual(["", "", ""])
    await vi.advanceTimersByTimeAsync(30)
    expect(namesOf.mock.calls).toEqual([[["a", "b"]]])
    expect(personName("a")).toContain("李梅")
    await vi.advanceTimersByTimeAsync(100_000)
    expect(namesOf).toHaveBeenCalledTimes(1)
  })

  test("that is not told yet is asked for again, and not for ever", async () => {
    namesOf.mockResolvedValue({ names: {} })
    personName("late")
    await vi.advanceTimersByTimeAsync(50)
    namesOf.mockResolvedValueOnce({ names: {} }).mockResolvedValue({ names: { late: "张三" } })
    await vi.advanceTimersByTimeAsync(2_100)
    expect(personName("late")).toBe("")
    await vi.advanceTimersByTimeAsync(6_100)
    expect(personName("late")).toContain("张三")
    namesOf.mockResolvedValue({ names: {} })
    personName("never")
    await vi.advanceTimersByTimeAsync(200_000)
    const asked = namesOf.mock.calls.filter(([ids]) => ids.includes("never")).length
    expect(asked).toBe(4)
    personName("never")
    await vi.advanceTimersByTimeAsync(50)
    expect(namesOf.mock.calls.filter(([ids]) => ids.includes("never")).length).toBe(5)
  })

  test("that one person saw is not shown to the next", async () => {
    namesOf.mockResolvedValue({ names: { a: "李梅" } })
    personName("a")
    await vi.advanceTimersByTimeAsync(30)
    expect(personName("a")).toContain("李梅")
    let answer: (told: { names: Record<string, string> }) => void = () => undefined
    namesOf.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    personName("b")
    await vi.advanceTimersByTimeAsync(30)
    forgetNames()
    answer({ names: { b: "王一" } })
    namesOf.mockResolvedValue({ names: {} })
    await vi.advanceTimersByTimeAsync(30)
    expect([personName("a"), personName("b")]).toEqual(["", ""])
  })
})
