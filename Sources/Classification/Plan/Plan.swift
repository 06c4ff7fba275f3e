public import ModelFile
public import TensorStats

/// Which logical weights a model has and how each is read.
///
/// Made from names, shapes, types, sidecars and a few small tensors, before anything is measured.
public struct Plan: Sendable {
  /// What each tensor of the model is, in the same order.
  public var tensors: [PlannedTensor]
  /// What to measure: every readable tensor that can be decoded.
  public var readings: [Reading]
  /// What the file is for.
  public var fileRole: FileRole
  /// The shape of the network; `nil` where nothing tells it.
  public var architecture: Architecture?
  /// Sums over all tensors.
  public var totals: Totals

  /// The layers that are stored in a scheme, in the order of their tensors.
  public var packed: [PackedWeight]

  let names: NameIndex
  let context: NetworkContext

  /// Plans how a model is read.
  ///
  /// - Parameter auxiliary: the ``auxiliaryRange(of:)`` of the bytes of each tensor that
  ///   ``auxiliaryTensors(of:)`` names.
  public init(model: Model, auxiliary: [Int: [UInt8]] = [:]) {
    let names = NameIndex(model)
    let context = NetworkContext(model, names)
    let packed = SchemeFinder.packedWeights(of: model, names, context, auxiliary: auxiliary)
    var planned: [PlannedTensor] = []
    planned.reserveCapacity(model.tensors.count)
    for index in model.tensors.indices {
      planned.append(PlannedTensor(model.tensors[index], names.template(index), context))
    }
    for (number, weight) in packed.enumerated() {
      planned[weight.carrier] = PlannedTensor(
        weight,
        number,
        name: model.tensors[weight.carrier].name,
        context
      )
      for index in weight.auxiliary {
        planned[index] = PlannedTensor(auxiliary: names.template(index), of: number)
      }
    }
    self.names = names
    self.context = context
    self.packed = packed
    tensors = planned
    readings = model.tensors.indices.compactMap { index in
      Self.reading(of: index, in: model, planned[index], packed)
    }
    fileRole = FileRole(model, planned, names)
    architecture = Architecture(model, planned, names)
    totals = Totals(model, planned)
  }

  /// The tensors whose values are sampled for grids: matrices of floats, of each name the first, the
  /// middle and the last, and those whose zeros are unlike theirs.
  ///
  /// - Parameter zeroShares: the shares of zeros of the tensors that were measured, by their index.
  public func gridTensors(zeroShares: [Int: Double]) -> [Int] {
    var byTemplate: [Int: [Int]] = [:]
    for index in tensors.indices where tensors[index].isPrunable && tensors[index].packing == nil {
      byTemplate[names.places[index].template, default: []].append(index)
    }
    let plain = Set(
      readings.lazy.compactMap { reading -> Int? in
        guard case .plain(let type) = reading.decoder, type.precisionLabel != nil else {
          return nil
        }
        return reading.tensor
      })
    let usual = byTemplate.values.flatMap { indices in
      Set([indices[0], indices[indices.count / 2], indices[indices.count - 1]])
    }
    let chosen = Array(usual.filter(plain.contains).sorted().prefix(Self.gridTensorLimit))
    let isChosen = Set(chosen)
    let unusual = byTemplate.values.flatMap { indices in
      ZeroContrast.unlike(
        indices.filter { plain.contains($0) && !isChosen.contains($0) },
        indices.filter(isChosen.contains), zeroShares)
    }
    return (chosen + unusual.sorted().prefix(Self.unusualTensorLimit)).sorted()
  }

  /// The most tensors that are sampled as they come: a test takes some milliseconds.
  static let gridTensorLimit = 64
  /// The most that are sampled besides for their zeros.
  static let unusualTensorLimit = 32

  /// The small tensors whose bytes decide how others are read; of each its ``auxiliaryRange(of:)`` is
  /// needed.
  public static func auxiliaryTensors(of model: Model) -> [Int] {
    let scaled = SchemeFinder.bytesWithOneScale(model).union(Quark.orderSamples(of: model))
    let sampled = Set(
      SchemeFinder.sampledSuffixes.flatMap { suffix, count in
        model.tensors.indices.lazy.filter { model.tensors[$0].name.hasSuffix(suffix) }.prefix(count)
      })
    return Array(
      model.tensors.indices.lazy.filter { index in
        let tensor = model.tensors[index]
        if scaled.contains(tensor.name) || sampled.contains(index) { return tensor.isReadable }
        // Nearly all names end so, and no other needs to be looked at in a model without schemes.
        guard !tensor.name.hasSuffix(".weight"), !tensor.name.hasSuffix(".bias") else {
          return false
        }
        return tensor.isReadable && tensor.byteCount > 0
          && SchemeFinder.decidingSuffixes.contains { tensor.name.hasSuffix($0) }
      }.prefix(auxiliaryCountLimit))
  }

  /// Which of its bytes a plan needs of an auxiliary tensor: the first, or of coordinates, all rows
  /// before all columns, those around the middle, which tell the last row and some columns.
  public static func auxiliaryRange(of tensor: Tensor) -> Range<Int> {
    let count = min(tensor.byteCount, auxiliaryByteLimit)
    guard tensor.shape.count == 2, tensor.shape[0] == 2, tensor.name.hasSuffix(".indices") else {
      return 0..<count
    }
    let start = max(0, tensor.byteCount / 2 - count / 8) / 8 * 8
    return start..<min(start + count, tensor.byteCount)
  }

  /// The most bytes that a plan needs of an auxiliary tensor: settings and shapes are far shorter, and
  /// of zero points and group indexes a beginning shows the form.
  static let auxiliaryByteLimit = 1 << 14
  /// The most auxiliary tensors that are read; beyond, configuration and shapes must do.
  static let auxiliaryCountLimit = 1 << 15

  /// How a tensor is read; `nil` where it cannot be, or where its codes mean nothing by themselves.
  private static func reading(
    of index: Int,
    in model: Model,
    _ planned: PlannedTensor,
    _ packed: [PackedWeight]
  ) -> Reading? {
    let tensor = model.tensors[index]
    guard tensor.isReadable, tensor.elementCount > 0 else { return nil }
    let shape =
      planned.matrix?.scanShape ?? planned.logicalShape ?? tensor.shape.map { Int(clamping: $0) }
    if let number = planned.packing, packed[number].carrier == index {
      let weight = packed[number]
      guard weight.auxiliary.allSatisfy({ model.tensors[$0].isReadable }) else { return nil }
      // Scales belong to single matrices of a stack, so that its dimensions stay apart.
      return weight.decoder.map {
        Reading(tensor: index, decoder: $0, shape: weight.shape)
      }
    }
    if case .foreign = tensor.type { return nil }
    return Reading(
      tensor: index, decoder: .plain(tensor.type), shape: shape, kernel: planned.matrix?.kernel ?? 1
    )
  }
}

/// What a plan says of one tensor of the header.
public struct PlannedTensor: Sendable, Equatable {
  /// What it is for.
  public var role: Role
  /// The logical weights that it stands for; 0 for bookkeeping.
  public var parameters: Int
  /// The logical dimensions where they differ from the header's.
  public var logicalShape: [Int]?
  /// The matrices in it; `nil` for vectors, tables of other use and bookkeeping.
  public var matrix: MatrixView?
  /// Whether pruning acts on it: a large matrix of role weight.
  public var isPrunable: Bool
  /// The index in ``Plan/packed`` of the layer that it belongs to.
  public var packing: Int?

  /// Plans the tensor that carries a packed layer.
  init(_ weight: PackedWeight, _ number: Int, name: String, _ context: NetworkContext) {
    let template = NameTemplate(layer: name, of: weight.scheme)
    let isVector = weight.shape.count { $0 > 1 } < 2
    role =
      switch template.role {
      case .router? where context.hasExperts: .router
      case .norm? where isVector: .norm
      case .bias? where isVector: .bias
      case .embedding?: .embedding
      case .head?: .head
      default: .weight
      }
    parameters = weight.parameters
    logicalShape = weight.shape
    if weight.shape.count >= 2, let columns = weight.shape.last, columns > 0, weight.parameters > 0
    {
      let rows = weight.shape[weight.shape.count - 2]
      matrix = MatrixView(
        count: weight.parameters / columns / max(rows, 1),
        rows: rows,
        columns: columns
      )
    }
    // Lossless containers hold the matrices of a layer in one run.
    let isRun = if case .compressed = weight.codes { true } else { false }
    isPrunable = role == .weight && (matrix?.isLarge ?? isRun)
    packing = number
  }

  /// Plans a tensor that belongs to a packed layer.
  init(auxiliary template: NameTemplate, of number: Int) {
    role = AuxiliaryNames.role(template)
    parameters = 0
    isPrunable = false
    packing = number
  }

  /// Plans a tensor that no scheme has a part in.
  init(_ tensor: Tensor, _ template: NameTemplate, _ context: NetworkContext) {
    let role = Self.role(tensor, template, context)
    let matrix = Self.matrix(tensor, template, role, context)
    self.role = role
    self.matrix = matrix
    parameters = role.holdsParameters ? tensor.elementCount : 0
    isPrunable = role == .weight && matrix?.isLarge == true
  }

  /// What a tensor is for: the name proposes, type and shape dispose.
  private static func role(
    _ tensor: Tensor,
    _ template: NameTemplate,
    _ context: NetworkContext
  ) -> Role {
    let wide = tensor.shape.count { $0 > 1 }
    if let lone = AuxiliaryNames.loneRole(template, isScalar: tensor.shape.isEmpty) { return lone }
    let byName = template.role
    switch tensor.type.family {
    case .boolean: return .buffer
    case .scale: return .scale
    // Scales of blocks in E4M3 whose codes are not recognised are still no weights.
    case .float where tensor.type.codeBits == 8 && template.leaf.hasSuffix("_scale"): return .scale
    case .integer where tensor.type != .i8:
      return byName == .buffer || tensor.type == .u8 ? .buffer : .index
    // Bytes that no name calls weights are tables: selections, Hadamard matrices.
    case .integer where byName == .bias || byName == .norm || byName == nil: return .index
    case .float, .integer, .complex, .block, .foreign: break
    }
    switch byName {
    case .bias where tensor.shape.count == 4 && tensor.shape[2] == tensor.shape[3]: return .buffer
    case .router where context.hasExperts: return .router
    case .router, .head:
      return wide > 1 || tensor.shape.count > 1 ? (byName == .head ? .head : .weight) : .vector
    case .norm where wide > 1: return .weight
    case .embedding where tensor.shape.count > 3: return .weight
    case .embedding where wide < 2: return .vector
    case .weight where tensor.shape.count < 2: return .vector
    case nil: return wide > 1 ? .weight : .vector
    case let role?: return role
    }
  }

  /// The matrices that a tensor's role makes of it.
  private static func matrix(
    _ tensor: Tensor,
    _ template: NameTemplate,
    _ role: Role,
    _ context: NetworkContext
  ) -> MatrixView? {
    let shape = tensor.shape.map { Int(clamping: $0) }
    guard shape.count > 1, tensor.elementCount > 0, let last = shape.last else { return nil }
    guard role == .weight else {
      return MatrixView(rows: tensor.elementCount / last, columns: last)
    }
    let isStack =
      shape.count == 3 && template.expertNumber == nil
      && (template.text.contains("experts") || template.text.contains("_exps."))
    if isStack {
      let inputIsRows = context.storesExpertInputsAsRows(
        template,
        rows: shape[1],
        columns: shape[2]
      )
      return MatrixView(
        count: shape[0],
        rows: shape[1],
        columns: shape[2],
        inputAxis: inputIsRows ? .rows : .columns
      )
    }
    return MatrixView(
      rows: shape[0],
      columns: tensor.elementCount / shape[0],
      inputAxis: context.isConv1D(template) && shape.count == 2 ? .rows : .columns,
      kernel: tensor.elementCount / shape[0] / shape[1]
    )
  }
}
