import { quoted } from '../errors.ts'
import type { Warning } from '../warnings.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'
import type { ColumnDescription } from './table.ts'

/** Angles from east, towards north, of the axes along which a place is measured beside its longitude and latitude. */
export const ROTATIONS = [30, 60, 120, 135, 150] as const

type Coordinates = NonNullable<CompleteRecipe['coordinates']>

const LONGITUDE = /^(.*?)(?:longitude|long|lng|lon)$/i
const LATITUDE = /^(.*?)(?:latitude|lat)$/i
/** Different values below which a column of coordinates is rather one of codes. */
const LEAST_VALUES = 20

/**
 * Finds the columns of longitudes and latitudes among the inputs by their names, which may have a beginning in common,
 * and by the range of their values; null where there is no such pair, or several.
 */
export function findCoordinates(inputs: readonly ColumnDescription[]): Coordinates | null {
  const east = inputs.filter((column) => LONGITUDE.test(column.name) && isWithin(column, 180))
  const north = inputs.filter((column) => LATITUDE.test(column.name) && isWithin(column, 90))
  const pairs = east.flatMap(({ name: longitude }) =>
    north.flatMap(({ name: latitude }) =>
      beginning(longitude, LONGITUDE) === beginning(latitude, LATITUDE) ? [{ longitude, latitude }] : [],
    ),
  )
  const [pair = null, ...others] = pairs
  return others.length > 0 ? null : pair
}

function beginning(name: string, pattern: RegExp): string | undefined {
  return pattern.exec(name)?.[1]?.toLowerCase()
}

function isWithin({ type, min, max, integer, distinct = 0 }: ColumnDescription, bound: number): boolean {
  if (type !== 'number' || min === undefined || max === undefined) return false
  return integer !== true && distinct >= LEAST_VALUES && min >= -bound && max <= bound
}

/** Checks that the recipe's coordinates are two inputs of numbers. */
export function checkCoordinates(
  { coordinates }: CompleteRecipe,
  inputs: readonly ColumnDescription[],
  problem: AddProblem,
): void {
  if (coordinates === null) return
  for (const part of ['longitude', 'latitude'] as const) {
    const column = inputs.find(({ name }) => name === coordinates[part])
    if (!column)
      problem(`/coordinates/${part}`, `${quoted(coordinates[part])} is no input. Name one of the inputs.`)
    else if (column.type !== 'number')
      problem(
        `/coordinates/${part}`,
        `${quoted(column.name)} is a ${column.type}, and coordinates are numbers.`,
      )
  }
  if (coordinates.longitude === coordinates.latitude)
    problem('/coordinates/latitude', 'Longitude and latitude are the same column. Name two.')
}

/** Tells of coordinates that were found, not named. */
export function warningOfCoordinates({ longitude, latitude }: Coordinates): Warning {
  return {
    code: 'coordinates-found',
    column: latitude,
    message: `${quoted(longitude)} and ${quoted(latitude)} are read as places on a map: their positions along ${ROTATIONS.length} more directions are inputs too. If they are not places, set the recipe's "coordinates" to null.`,
  }
}
