import * as v from 'valibot'
import { about, text } from './words.ts'

const kind = v.picklist(['conditionalAccess', 'namedLocation', 'tokenLifetime'])

export const Policy = v.looseObject({ kind, id: text })

export const NewPolicy = v.strictObject({
  kind,
  policy: about(
    v.looseObject({ displayName: text }),
    'As Graph’s POST takes it; refused as Graph refuses it.',
  ),
})
