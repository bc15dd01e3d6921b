import { computed } from "vue"
import { useI18n } from "vue-i18n"
import { serverNow, zone } from "@/live/campus"
import { agree, zoneName } from "./zones"

const here = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Zones that people call by another name than the tables do; the names stand in the wording. */
const CALLED: ReadonlySet<string> = new Set(["Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "PRC"])

/** The campus's zone in words, and whether the device shows another clock at a moment, so that the zone must be named. */
export function useCampusZone() {
  const { t, locale } = useI18n()
  const name = computed(() =>
    CALLED.has(zone.value) ? t("zone.china") : zoneName(zone.value, locale.value, new Date(serverNow())),
  )
  const differs = (at: Date | string | number = serverNow()): boolean => !agree(new Date(at), zone.value, here())
  /** `（北京时间）` behind a time, where the device's own clock would show another one; else nothing. */
  const named = (at: Date | string | number): string => (differs(at) ? t("zone.behind", { zone: name.value }) : "")
  return { zone, name, differs, named }
}
