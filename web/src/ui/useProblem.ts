import { shallowRef } from "vue"
import { useI18n } from "vue-i18n"
import { asProblem, type FieldProblem, type Problem } from "@/api/problem"
import en from "@/wording/en.json"
import zh from "@/wording/zh-CN.json"
import { fill, moment } from "./format"
import { showToast } from "./toast"

type Table = Readonly<Record<string, string | undefined>>
const TABLES: Readonly<Record<string, Table>> = { "zh-CN": zh.problems, en: en.problems }

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** Moments among the values, as people write them. */
function readable(params: Problem["params"], locale: string): Problem["params"] {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === "string" && MOMENT.test(value) ? moment(value, new Date(0), locale) : value,
    ]),
  )
}

type Told = Pick<Problem, "code" | "detail" | "params"> & Partial<Pick<Problem, "errors">>

const worded = (field: FieldProblem, table: Table, locale: string): string | null => {
  const wording = table[field.code]
  return wording ? fill(wording, readable(field.params ?? {}, locale)) : null
}

/** What is wrong with one field of a form that was sent, or null. */
export function fieldText(
  problem: Partial<Pick<Problem, "errors">> | null,
  field: string,
  locale: string,
): string | null {
  const path = `body.${field}`
  const found = problem?.errors?.find((one) => one.path === path || one.path.startsWith(`${path}.`))
  return found ? (worded(found, TABLES[locale] ?? zh.problems, locale) ?? found.message) : null
}

/** What to tell people about a problem: of a field if we have words for it, else our wording for its code, else what the service said. */
export function problemText(problem: Told, locale: string): string {
  const table: Table = TABLES[locale] ?? zh.problems
  for (const field of problem.errors ?? []) {
    const words = worded(field, table, locale)
    if (words) return words
  }
  const wording = table[problem.code]
  if (wording) return fill(wording, readable(problem.params, locale))
  return problem.detail || `${table["web.unknown"] ?? ""} (${problem.code})`
}

export function useProblem() {
  const { locale } = useI18n()
  const last = shallowRef<Problem | null>(null)
  const words = (problem: Told) => problemText(problem, locale.value)
  /** What the last problem says of a field of the form, or null. */
  const at = (field: string) => fieldText(last.value, field, locale.value)
  /** Says the problem in a toast, and keeps it for the fields that it names. */
  const toastProblem = (thrown: unknown): Problem => {
    const problem = asProblem(thrown)
    last.value = problem
    showToast(words(problem), "bad")
    return problem
  }
  return { words, toastProblem, at }
}
