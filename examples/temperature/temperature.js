/** Degrees Celsius from degrees Fahrenheit. */
export const toCelsius = (fahrenheit) => ((fahrenheit - 32) * 5) / 9;

/** Degrees Fahrenheit from degrees Celsius. */
export const toFahrenheit = (celsius) => (celsius * 9) / 5 + 32;

/** What to wear, by the temperature outside in degrees Celsius. */
export function advice(celsius) {
  if (celsius < 5) return 'a coat';
  if (celsius < 18) return 'a jumper';
  return 'a shirt';
}
