import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advice, toCelsius, toFahrenheit } from './temperature.js';

test('water boils at 212 °F', () => assert.equal(toCelsius(212), 100));

test('the two scales meet at -40', () => assert.equal(toFahrenheit(-40), -40));

test('converting there and back changes nothing', () => {
  for (const celsius of [-40, 0, 21.5, 37, 100]) {
    assert.ok(Math.abs(toCelsius(toFahrenheit(celsius)) - celsius) < 1e-9);
  }
});

test('nobody goes out in a shirt in winter', () => assert.equal(advice(-3), 'a coat'));
