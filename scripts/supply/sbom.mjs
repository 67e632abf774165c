/**
 * Completes npm's bill of materials: TensorFlow's library comes from a wheel of PyPI, of which npm knows nothing.
 * @param {Record<string, any>} bom of CycloneDX
 * @param {import('../setup/wheels.mjs').Wheel} wheel
 * @param {string} version of TensorFlow
 */
export function withTensorFlow(bom, wheel, version) {
  const reference = `${wheel.package}@${version}`
  const component = {
    'bom-ref': reference,
    type: 'library',
    name: wheel.package,
    version,
    scope: 'required',
    purl: `pkg:pypi/${wheel.package}@${version}?file_name=${wheel.file}`,
    hashes: [{ alg: 'SHA-256', content: wheel.sha256 }],
    licenses: [{ license: { id: 'Apache-2.0' } }],
  }
  const own = bom.metadata.component['bom-ref']
  return {
    ...bom,
    metadata: {
      ...bom.metadata,
      component: { ...bom.metadata.component, type: 'application', name: 'fitserve' },
    },
    components: [...bom.components, component],
    dependencies: [
      ...bom.dependencies.map((each) =>
        each.ref === own ? { ...each, dependsOn: [...each.dependsOn, reference] } : each,
      ),
      { ref: reference, dependsOn: [] },
    ],
  }
}
