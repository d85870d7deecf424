// Grafana's packages hold modules in the browser's format, which Node is given translated.
module.exports = {
  testEnvironment: 'jsdom',
  roots: ['<rootDir>/src'],
  setupFiles: ['<rootDir>/jest.setup.js'],
  transform: {
    '^.+\\.(t|j|mj)sx?$': ['@swc/jest', { sourceMaps: 'inline', jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx: true }, transform: { react: { runtime: 'classic' } } } }],
  },
  transformIgnorePatterns: [],
  moduleNameMapper: { '\\.(css|scss|svg)$': '<rootDir>/jest.empty.js' },
};
