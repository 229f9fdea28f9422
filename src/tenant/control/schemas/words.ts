// Words that the schemas of the control API are made of.
import * as v from 'valibot'

export const text = v.pipe(v.string(), v.minLength(1), v.maxLength(256))
export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
/** Says in the OpenAPI file what a value means. */
export const about = <Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description))
