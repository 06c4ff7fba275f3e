/// The tensors by the components of their names, in depth-first order: a node's subtree is the
/// nodes behind it up to its `end`, so that folding and drawing are index arithmetic.
///
/// Three or more neighbouring siblings that are numbered and alike (the same names and shapes
/// below) are put under a node of their own, a run.
struct TensorTree: Sendable {
  struct Node: Sendable {
    /// Where the label lies in ``TensorFacts/text``; of a run, the label of what holds the run.
    var label: Range<Int>
    var depth: Int
    /// The tensor of a leaf; −1 for others.
    var tensor: Int
    var parent: Int
    /// The index behind the last node of the subtree.
    var end: Int
    /// The numbers of the first and the last member of a run.
    var run: ClosedRange<Int>?
    /// Members of a run; 0 for others.
    var memberCount = 0
  }

  /// Sums over the tensors of a subtree.
  struct Sums: Sendable, Equatable {
    var tensors = 0
    var parameters = 0
    var bytes = 0
    var counts = 0
    var zeros = 0

    mutating func add(_ other: Sums) {
      tensors += other.tensors
      parameters = parameters.addingClamped(other.parameters)
      bytes = bytes.addingClamped(other.bytes)
      counts = counts.addingClamped(other.counts)
      zeros = zeros.addingClamped(other.zeros)
    }
  }

  private(set) var nodes: [Node] = []
  /// The node of each tensor.
  private(set) var leaves: [Int] = []

  /// The fewest alike siblings that are folded into a run.
  private static let shortestRun = 3

  init(table: TensorFacts, shapes: [[UInt64]]) {
    let trie = Trie(table: table, shapes: shapes)
    leaves = Array(repeating: 0, count: table.count)
    nodes.reserveCapacity(trie.labels.count)
    emit(trie.children(of: Trie.root, table: table), of: trie, table: table, parent: -1, depth: 0)
  }

  private mutating func emit(
    _ siblings: [Int], of trie: Trie, table: TensorFacts, parent: Int, depth: Int
  ) {
    var position = 0
    while position < siblings.count {
      let runEnd = trie.endOfRun(in: siblings, from: position, table: table)
      if runEnd - position >= Self.shortestRun {
        let members = siblings[position..<runEnd]
        let index = nodes.count
        nodes.append(
          Node(
            label: 0..<0, depth: depth, tensor: -1, parent: parent, end: 0,
            run: Self.numbers(of: members, in: trie, table: table), memberCount: members.count))
        for member in members {
          emitNode(member, of: trie, table: table, parent: index, depth: depth + 1)
        }
        nodes[index].end = nodes.count
      } else {
        for sibling in siblings[position..<max(runEnd, position + 1)] {
          emitNode(sibling, of: trie, table: table, parent: parent, depth: depth)
        }
      }
      position = max(runEnd, position + 1)
    }
  }

  private mutating func emitNode(
    _ start: Int, of trie: Trie, table: TensorFacts, parent: Int, depth: Int
  ) {
    // A chain of only children is one node: `model.layers`.
    var label = trie.labels[start]
    var current = start
    var children = trie.children(of: current, table: table)
    while children.count == 1, trie.tensors[current] < 0, let only = children.first {
      label = label.lowerBound..<trie.labels[only].upperBound
      current = only
      children = trie.children(of: current, table: table)
    }
    let index = nodes.count
    nodes.append(
      Node(label: label, depth: depth, tensor: trie.tensors[current], parent: parent, end: 0))
    if trie.tensors[current] >= 0 { leaves[trie.tensors[current]] = index }
    let runEnd = trie.endOfRun(in: children, from: 0, table: table)
    if runEnd == children.count, runEnd >= Self.shortestRun {
      // All children are one run: the node itself stands for it.
      nodes[index].run = Self.numbers(of: children[...], in: trie, table: table)
      nodes[index].memberCount = runEnd
      for member in children {
        emitNode(member, of: trie, table: table, parent: index, depth: depth + 1)
      }
    } else {
      emit(children, of: trie, table: table, parent: index, depth: depth + 1)
    }
    nodes[index].end = nodes.count
  }

  private static func numbers(of members: ArraySlice<Int>, in trie: Trie, table: TensorFacts)
    -> ClosedRange<Int>
  {
    let numbers = members.compactMap { TensorFacts.number(table.text, in: trie.labels[$0]) }
    return (numbers.min() ?? 0)...(numbers.max() ?? 0)
  }

  /// The sums of every node over the tensors that `isListed` says are there.
  func sums(table: TensorFacts, isListed: (Int) -> Bool) -> [Sums] {
    var sums = Array(repeating: Sums(), count: nodes.count)
    for index in nodes.indices.reversed() {
      let tensor = nodes[index].tensor
      if tensor >= 0, isListed(tensor) { sums[index].add(table.sums(of: tensor)) }
      if nodes[index].parent >= 0 { sums[nodes[index].parent].add(sums[index]) }
    }
    return sums
  }
}

extension TensorTree {
  /// The place of each tensor when sorted by name: component by component, numbers by their value.
  func nameRanks(table: TensorFacts) -> [Int] {
    var ranks = Array(repeating: 0, count: table.count)
    var next = 0
    var pending = sortedChildren(in: 0..<nodes.count, table: table)
    while let node = pending.popLast() {
      if nodes[node].tensor >= 0 {
        ranks[nodes[node].tensor] = next
        next += 1
      } else {
        pending += sortedChildren(in: node + 1..<nodes[node].end, table: table)
      }
    }
    return ranks
  }

  /// The topmost nodes of a range, the last by name first.
  private func sortedChildren(in range: Range<Int>, table: TensorFacts) -> [Int] {
    var children: [(number: Int, label: String, node: Int)] = []
    var node = range.lowerBound
    while node < range.upperBound {
      let label = nodes[node].label
      let isRunAlone = label.isEmpty && nodes[node].run != nil
      children.append(
        (
          TensorFacts.number(table.text, in: label)
            ?? (isRunAlone ? nodes[node].run?.lowerBound ?? 0 : Int.max),
          table.string(label), node
        ))
      node = max(nodes[node].end, node + 1)
    }
    return children.sorted { $0 > $1 }.map(\.node)
  }
}

extension TensorFacts {
  /// The numbers of one tensor, for adding them up.
  func sums(of index: Int) -> TensorTree.Sums {
    TensorTree.Sums(
      tensors: 1, parameters: parameters[index], bytes: bytes[index], counts: counts[index],
      zeros: zeros[index])
  }
}

extension Int {
  /// The sum, or the greatest number: hostile headers can claim anything.
  func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? Int.max : sum
  }
}

/// Names by their components while the tree is built.
private struct Trie {
  static let root = 0
  private(set) var labels: [Range<Int>] = [0..<0]
  private(set) var tensors: [Int] = [-1]
  private var parents = [-1]
  private var firstChildren = [-1]
  private var lastChildren = [-1]
  private var nextSiblings = [-1]
  /// A hash of the names and shapes below, but not of the node's own label.
  private var contents: [UInt64] = [0]
  private var childCounts = [0]
  /// The children of nodes that have many, by a hash of parent and label.
  private var childIndex: [Int: Int] = [:]

  /// Children up to which they are looked through one by one.
  private static let fewChildren = 8

  init(table: TensorFacts, shapes: [[UInt64]]) {
    var path: [(label: Range<Int>, node: Int)] = []
    var components: [Range<Int>] = []
    for tensor in 0..<table.count {
      TensorFacts.findComponents(of: table.text, in: table.range(of: tensor), into: &components)
      // Neighbours in a file share most of their path.
      var depth = 0
      while depth < path.count, depth < components.count - 1,
        Self.equal(table.text, path[depth].label, components[depth])
      { depth += 1 }
      path.removeLast(path.count - depth)
      var parent = path.last?.node ?? Self.root
      for label in components[depth...] {
        parent = child(of: parent, label: label, table: table)
        path.append((label, parent))
      }
      // A name that occurs twice is a tensor of its own each time.
      if tensors[parent] >= 0 || firstChildren[parent] >= 0, let last = components.last {
        parent = append(label: last, parent: parents[parent])
      }
      tensors[parent] = tensor
      path.removeLast()
    }
    hashContents(table: table, shapes: shapes)
  }

  /// The node with a label below another, which holds no tensor; made where there is none.
  private mutating func child(of parent: Int, label: Range<Int>, table: TensorFacts) -> Int {
    func isSame(_ node: Int) -> Bool {
      tensors[node] < 0 && Self.equal(table.text, labels[node], label)
    }
    if childCounts[parent] <= Self.fewChildren {
      var child = firstChildren[parent]
      while child >= 0 {
        if isSame(child) { return child }
        child = nextSiblings[child]
      }
      let node = append(label: label, parent: parent)
      if childCounts[parent] > Self.fewChildren {
        child = firstChildren[parent]
        while child >= 0 {
          childIndex[freeKey(parent: parent, label: labels[child], table: table)] = child
          child = nextSiblings[child]
        }
      }
      return node
    }
    // Only equal labels are one node; others with the same hash take the next free key.
    var key = Self.key(parent: parent, label: label, table: table)
    while let known = childIndex[key] {
      if parents[known] == parent, isSame(known) { return known }
      key &+= 1
    }
    let node = append(label: label, parent: parent)
    childIndex[key] = node
    return node
  }

  private func freeKey(parent: Int, label: Range<Int>, table: TensorFacts) -> Int {
    var key = Self.key(parent: parent, label: label, table: table)
    while childIndex[key] != nil { key &+= 1 }
    return key
  }

  /// Swift's hash, which differs from run to run, so that no file can be made to collide.
  private static func key(parent: Int, label: Range<Int>, table: TensorFacts) -> Int {
    var hasher = Hasher()
    hasher.combine(parent)
    for position in label { hasher.combine(table.text[position]) }
    return hasher.finalize()
  }

  private mutating func append(label: Range<Int>, parent: Int) -> Int {
    let node = labels.count
    labels.append(label)
    tensors.append(-1)
    parents.append(parent)
    firstChildren.append(-1)
    lastChildren.append(-1)
    nextSiblings.append(-1)
    contents.append(0)
    childCounts.append(0)
    childCounts[parent] += 1
    if lastChildren[parent] >= 0 {
      nextSiblings[lastChildren[parent]] = node
    } else {
      firstChildren[parent] = node
    }
    lastChildren[parent] = node
    return node
  }

  private mutating func hashContents(table: TensorFacts, shapes: [[UInt64]]) {
    // Children have greater indices than their parents.
    for node in labels.indices.reversed() where node > Self.root {
      if tensors[node] >= 0 {
        for dimension in shapes[tensors[node]] {
          contents[node] = Self.mix(contents[node], dimension &+ 1)
        }
      }
      let own = Self.mix(Self.hash(table.text, labels[node]), contents[node])
      // The order of children in the file does not matter.
      contents[parents[node]] &+= Self.mix(own, 0x9E37_79B9)
    }
  }

  /// The children of a node: by number where all are numbers, else in the order of the file.
  func children(of node: Int, table: TensorFacts) -> [Int] {
    var children: [Int] = []
    var numbers: [Int] = []
    var child = firstChildren[node]
    while child >= 0 {
      children.append(child)
      if let number = TensorFacts.number(table.text, in: labels[child]) { numbers.append(number) }
      child = nextSiblings[child]
    }
    guard numbers.count == children.count, numbers.count > 1 else { return children }
    return zip(numbers, children).sorted { $0 < $1 }.map(\.1)
  }

  /// The index behind the numbered siblings that are alike, from one on.
  func endOfRun(in siblings: [Int], from start: Int, table: TensorFacts) -> Int {
    guard start < siblings.count, TensorFacts.number(table.text, in: labels[siblings[start]]) != nil
    else { return start }
    var end = start + 1
    while end < siblings.count, contents[siblings[end]] == contents[siblings[start]],
      TensorFacts.number(table.text, in: labels[siblings[end]]) != nil
    { end += 1 }
    return end
  }

  /// FNV-1a over the bytes of a label.
  private static func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for position in range { hash = (hash ^ UInt64(text[position])) &* 0x100_0000_01B3 }
    return hash
  }

  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var value = (a ^ (b &* 0x9E37_79B9_7F4A_7C15)) &* 0xBF58_476D_1CE4_E5B9
    value ^= value >> 29
    return value &* 0x94D0_49BB_1331_11EB
  }

  private static func equal(_ text: [UInt8], _ a: Range<Int>, _ b: Range<Int>) -> Bool {
    guard a.count == b.count else { return false }
    for offset in 0..<a.count where text[a.lowerBound + offset] != text[b.lowerBound + offset] {
      return false
    }
    return true
  }
}
