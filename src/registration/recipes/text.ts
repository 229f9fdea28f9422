import { visible } from './quote.ts'
import {
  type RecipeFormat,
  recipeOf,
  type RecipeRequest,
  type RecipeStep,
  type RecipeStepId,
} from './recipe.ts'

const making: ReadonlySet<RecipeStepId> = new Set(['sign-in', 'register', 'consent', 'assign'])

/** The steps that make the registration, as one text to run or to follow. */
export function recipeText(format: RecipeFormat, request: RecipeRequest): string {
  const steps = recipeOf(format, request).filter((step) => making.has(step.id))
  return steps.map((step) => stepText(format, step)).join('\n\n')
}

function stepText(format: RecipeFormat, { title, lines }: RecipeStep): string {
  if (format !== 'portal') return [`# ${visible(title)}`, ...lines].join('\n').trimEnd()
  return [visible(title), ...lines.map((line, index) => `  ${index + 1}. ${line}`)].join('\n')
}
