import { reactive } from "vue"
import { useI18n } from "vue-i18n"
import { figures } from "@/api/reporting"

/** Full names as the service tells them, for figures that the pages have no shorter word for. */
const told = reactive<Record<string, { zh: string; en: string }>>({})
let asked: Promise<void> | null = null

function ask(): void {
  asked ??= figures()
    .then(({ items }) => {
      for (const one of items) told[one.id] = { zh: one.name_zh, en: one.name_en }
    })
    .catch(() => {
      asked = null
    })
}

export function useFigureName(): (id: string) => string {
  const { t, te, locale } = useI18n()
  return (id) => {
    if (te(`figure.${id}`)) return t(`figure.${id}`)
    ask()
    return told[id]?.[locale.value === "en" ? "en" : "zh"] ?? ""
  }
}
