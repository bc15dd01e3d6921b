import { useI18n } from "vue-i18n"
import { asProblem, type Problem } from "@/api/problem"
import en from "@/wording/en.json"
import zh from "@/wording/zh-CN.json"
import { fill } from "./format"
import { say } from "./toast"

type Table = Readonly<Record<string, string | undefined>>
const TABLES: Readonly<Record<string, Table>> = { "zh-CN": zh.problems, en: en.problems }

/** What to tell people about a problem: our wording for its code, else what the service said, else that it failed. */
export function problemText(problem: Pick<Problem, "code" | "detail" | "params">, locale: string): string {
  const table: Table = TABLES[locale] ?? zh.problems
  const wording = table[problem.code]
  if (wording) return fill(wording, problem.params)
  return problem.detail || `${table["web.unknown"] ?? ""} (${problem.code})`
}

export function useProblem() {
  const { locale } = useI18n()
  const words = (problem: Pick<Problem, "code" | "detail" | "params">) => problemText(problem, locale.value)
  /** Says the problem in a toast. */
  const complain = (thrown: unknown): Problem => {
    const problem = asProblem(thrown)
    say(words(problem), "bad")
    return problem
  }
  return { words, complain }
}
