import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Journeys wait more than they work: one worker more than the cores of a small machine.
    maxWorkers: 3,
  },
});
