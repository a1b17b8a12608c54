/** The dependency rule of docs/architecture.md, checked in the test run. */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'domain-imports-nothing', severity: 'error', from: { path: '^src/domain' }, to: { pathNot: '^src/domain' } },
    { name: 'operators-import-only-rxjs', severity: 'error', from: { path: '^src/operators' }, to: { pathNot: ['^src/operators', 'node_modules/rxjs'] } },
    { name: 'stages-import-no-adapter', severity: 'error', from: { path: '^src/stages' }, to: { path: '^src/(media|faces|transports|inference|models|cli|workers|topology/build)' } },
    { name: 'adapters-import-no-stage', severity: 'error', from: { path: '^src/(media|faces|transports|inference|workers)' }, to: { path: '^src/(stages|cli|topology/build)' } },
    { name: 'only-cli-and-build-wire', severity: 'error', from: { pathNot: '^src/(cli|topology/build|index)' }, to: { path: '^src/(cli|topology/build)/' } },
    { name: 'not-to-dev-dep', severity: 'error', from: { path: '^src' }, to: { dependencyTypes: ['npm-dev'] } },
    { name: 'no-unlisted', severity: 'error', from: { path: '^src' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js'] } },
};
