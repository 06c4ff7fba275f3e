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

  let names: NameIndex

  /// Plans how a model is read.
  ///
  /// - Parameter auxiliary: the first bytes of the tensors that ``auxiliaryTensors(of:)`` names.
  public init(model: Model, auxiliary: [Int: [UInt8]] = [:]) {
    let names = NameIndex(model)
    self.names = names
    let context = NetworkContext(model, names)
    var planned: [PlannedTensor] = []
    planned.reserveCapacity(model.tensors.count)
    for index in model.tensors.indices {
      planned.append(PlannedTensor(model.tensors[index], names.template(index), context))
    }
    tensors = planned
    readings = model.tensors.indices.compactMap { index in
      Self.plainReading(index, model.tensors[index], planned[index])
    }
    fileRole = FileRole(model, planned, names)
    architecture = Architecture(model, planned, names)
    totals = Totals(model, planned)
  }

  /// The small tensors whose bytes decide how others are read; read at most
  /// ``auxiliaryByteLimit`` bytes of each.
  public static func auxiliaryTensors(of model: Model) -> [Int] { [] }

  /// The most bytes that a plan needs of an auxiliary tensor.
  public static let auxiliaryByteLimit = 1 << 14

  private static func plainReading(
    _ index: Int,
    _ tensor: Tensor,
    _ planned: PlannedTensor
  ) -> Reading? {
    guard tensor.isReadable, tensor.elementCount > 0 else { return nil }
    if case .foreign = tensor.type { return nil }
    let shape = planned.matrix?.scanShape ?? tensor.shape.map { Int(clamping: $0) }
    return Reading(tensor: index, decoder: .plain(tensor.type), shape: shape)
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
    let byName = template.role
    switch tensor.type.family {
    case .boolean: return .buffer
    case .scale: return .scale
    case .integer where tensor.type != .i8:
      return byName == .buffer || tensor.type == .u8 ? .buffer : .index
    case .integer where byName == .bias || byName == .norm || byName == nil && wide < 2:
      return .index
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
      inputAxis: context.isConv1D(template) && shape.count == 2 ? .rows : .columns
    )
  }
}
