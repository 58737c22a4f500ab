import { Option } from 'commander';
import { RUNTIME_MODES } from '#contract';

/** Judges as in another mode than the configured one. */
export const modeOption = (): Option =>
  new Option('--mode <mode>', 'with a file: judge as in this mode (default: as configured)').choices(
    RUNTIME_MODES,
  );
