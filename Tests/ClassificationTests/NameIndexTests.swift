import ModelFile
import Testing

@testable import Classification

@Test(arguments: [("model.layers.#.weight", -1), ("#", -1), ("layers.#.layers.7.weight", 7)])
func takesNoNumberSignOfANameForANumber(name: String, layer: Int) {
  let tensor = Tensor(
    name: name, type: .f32, shape: [1], elementCount: 1, part: 0, offset: 0, byteCount: 4,
    isReadable: true)
  #expect(NameIndex(Model(path: "", tensors: [tensor])).places[0].layer == layer)
}
