import { expect, test, vi } from "vitest"

const figures = vi.fn(() =>
  Promise.resolve({ items: [{ id: "reopened_share", name_zh: "重开率", name_en: "Reopened share" }] }),
)
vi.mock("@/api/reporting", () => ({ figures }))
vi.mock("vue-i18n", () => ({
  useI18n: () => ({ t: () => "Coverage", te: (key: string) => key === "figure.coverage", locale: { value: "en" } }),
}))

const { useFigureName } = await import("./figureName")

test("a figure is called by the pages' own word, and without one as the service calls it, asked for once", async () => {
  const name = useFigureName()
  expect(name("coverage")).toBe("Coverage")
  expect(figures).not.toHaveBeenCalled()
  expect([name("reopened_share"), name("reopened_share")]).toEqual(["", ""])
  await vi.waitFor(() => {
    expect(name("reopened_share")).toBe("Reopened share")
  })
  expect(figures).toHaveBeenCalledTimes(1)
})
