import {
  IconArrowBackUp,
  IconArrowsJoin,
  IconArrowsSplit,
  IconArrowsSplit2,
  IconEyeCheck,
  IconFlag3,
  IconHourglass,
  IconListCheck,
  IconPlugConnected,
  IconSitemap,
  IconSparkles,
  IconUserEdit,
  type Icon,
} from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { StepKind } from '#domain/process-map.ts'

const faces: { [Kind in StepKind]: { word: string; icon: Icon } } = {
  ai: { word: 'AI draft', icon: IconSparkles },
  manual: { word: 'Manual', icon: IconUserEdit },
  review: { word: 'Review', icon: IconEyeCheck },
  decision: { word: 'Decision', icon: IconArrowsSplit2 },
  fork: { word: 'At the same time', icon: IconArrowsSplit },
  join: { word: 'Together again', icon: IconArrowsJoin },
  'for-each': { word: 'For each', icon: IconListCheck },
  wait: { word: 'Wait', icon: IconHourglass },
  call: { word: 'System', icon: IconPlugConnected },
  'sub-process': { word: 'Process', icon: IconSitemap },
  end: { word: 'End', icon: IconFlag3 },
}

/** What a kind of step is called on screen. */
export function kindWord(kind: StepKind): string {
  return faces[kind].word
}

/** A step that only undoes another: what it is for says more than how it is done. */
export const undoWord = 'Undo'

export function UndoIcon({ size = 16 }: { size?: number }): ReactElement {
  return <IconArrowBackUp size={size} stroke={1.75} aria-hidden />
}

export function KindIcon({ kind, size = 16 }: { kind: StepKind; size?: number }): ReactElement {
  const Face = faces[kind].icon
  return <Face size={size} stroke={1.75} aria-hidden />
}
