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
    /// Measured weights.
    var counts = 0
    /// Those of them that are zero.
    var zeros = 0
    /// Tensors that something is wrong with.
    var suspicious = 0

    mutating func add(_ other: Sums) {
      tensors += other.tensors
      parameters = parameters.addingClamped(other.parameters)
      bytes = bytes.addingClamped(other.bytes)
      counts = counts.addingClamped(other.counts)
      zeros = zeros.addingClamped(other.zeros)
      suspicious += other.suspicious
    }
  }

  private(set) var nodes: [Node] = []
  /// The node of each tensor.
  private(set) var leaves: [Int] = []
  /// The tensors from the first leaf to the last.
  private(set) var tensors: [Int] = []
  /// For each node, how many of them stand before it.
  private(set) var tensorsBefore: [Int] = []

  /// The fewest alike siblings that are folded into a run.
  private static let shortestRun = 3

  init(table: TensorFacts) {
    let trie = NameTrie(table: table)
    leaves = Array(repeating: 0, count: table.count)
    nodes.reserveCapacity(trie.nodes.count)
    emit(
      trie.children(of: NameTrie.root), of: trie, parent: -1, depth: 0)
    tensors.reserveCapacity(table.count)
    tensorsBefore.reserveCapacity(nodes.count)
    for node in nodes {
      tensorsBefore.append(tensors.count)
      if node.tensor >= 0 { tensors.append(node.tensor) }
    }
  }

  private mutating func emit(
    _ siblings: [Int], of trie: NameTrie, parent: Int, depth: Int
  ) {
    var position = 0
    while position < siblings.count {
      let runEnd = trie.endOfRun(in: siblings, from: position)
      if runEnd - position >= Self.shortestRun {
        let members = siblings[position..<runEnd]
        let index = nodes.count
        nodes.append(
          Node(
            label: 0..<0, depth: depth, tensor: -1, parent: parent, end: 0,
            run: Self.numbers(of: members, in: trie), memberCount: members.count))
        for member in members {
          emitNode(member, of: trie, parent: index, depth: depth + 1)
        }
        nodes[index].end = nodes.count
      } else {
        for sibling in siblings[position..<max(runEnd, position + 1)] {
          emitNode(sibling, of: trie, parent: parent, depth: depth)
        }
      }
      position = max(runEnd, position + 1)
    }
  }

  private mutating func emitNode(
    _ start: Int, of trie: NameTrie, parent: Int, depth: Int
  ) {
    // A chain of only children is one node: `model.layers`.
    var label = trie.nodes[start].label
    var current = start
    var children = trie.children(of: current)
    while children.count == 1, trie.nodes[current].tensor < 0, let only = children.first {
      label = label.lowerBound..<trie.nodes[only].label.upperBound
      current = only
      children = trie.children(of: current)
    }
    let index = nodes.count
    nodes.append(
      Node(label: label, depth: depth, tensor: trie.nodes[current].tensor, parent: parent, end: 0))
    if trie.nodes[current].tensor >= 0 { leaves[trie.nodes[current].tensor] = index }
    let runEnd = trie.endOfRun(in: children, from: 0)
    if runEnd == children.count, runEnd >= Self.shortestRun {
      // All children are one run: the node itself stands for it.
      nodes[index].run = Self.numbers(of: children[...], in: trie)
      nodes[index].memberCount = runEnd
      for member in children {
        emitNode(member, of: trie, parent: index, depth: depth + 1)
      }
    } else {
      emit(children, of: trie, parent: index, depth: depth + 1)
    }
    nodes[index].end = nodes.count
  }

  private static func numbers(of members: ArraySlice<Int>, in trie: NameTrie)
    -> ClosedRange<Int>
  {
    let numbers = members.compactMap(trie.number)
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
    // The names alone: a closure that holds the whole table would count references to each column.
    let text = table.text
    var ranks = Array(repeating: 0, count: table.count)
    var next = 0
    var pending: [Int] = []
    pushChildren(in: 0..<nodes.count, areOrdered: false, text: text, onto: &pending)
    while let node = pending.popLast() {
      if nodes[node].tensor >= 0 {
        ranks[nodes[node].tensor] = next
        next += 1
      } else {
        // The members of a run are in the order of their numbers.
        pushChildren(
          in: node + 1..<nodes[node].end, areOrdered: nodes[node].memberCount > 0, text: text,
          onto: &pending)
      }
    }
    return ranks
  }

  /// Adds the topmost nodes of a range, the last by name first.
  private func pushChildren(
    in range: Range<Int>, areOrdered: Bool, text: [UInt8], onto pending: inout [Int]
  ) {
    // Sorted apart, as sorting a part of an array in place copies all of it.
    var children: [Int] = []
    var node = range.lowerBound
    while node < range.upperBound {
      children.append(node)
      node = max(nodes[node].end, node + 1)
    }
    if !areOrdered, children.count > 1 {
      children.sort { isBefore($0, $1, text: text) }
    }
    pending.append(contentsOf: children.reversed())
  }

  /// Whether a node's label comes before another's: numbers first, by their value.
  private func isBefore(_ a: Int, _ b: Int, text: [UInt8]) -> Bool {
    func number(_ node: Int) -> Int {
      // A run among other siblings has no label but its numbers.
      let label = nodes[node].label
      return label.isEmpty
        ? nodes[node].run?.lowerBound ?? Int.max
        : TensorFacts.number(text, in: label) ?? Int.max
    }
    let (first, second) = (number(a), number(b))
    if first != second { return first < second }
    var (i, j) = (nodes[a].label.lowerBound, nodes[b].label.lowerBound)
    while i < nodes[a].label.upperBound, j < nodes[b].label.upperBound {
      if text[i] != text[j] { return text[i] < text[j] }
      i += 1
      j += 1
    }
    let (length, other) = (nodes[a].label.count, nodes[b].label.count)
    return length != other ? length < other : a < b
  }
}

extension TensorFacts {
  /// The numbers of one tensor, for adding them up; the zeros of bookkeeping are no weights.
  func sums(of index: Int) -> TensorTree.Sums {
    let holdsWeights = parameters[index] > 0
    return TensorTree.Sums(
      tensors: 1, parameters: parameters[index], bytes: bytes[index],
      counts: holdsWeights ? counts[index] : 0, zeros: holdsWeights ? zeros[index] : 0,
      suspicious: isSuspicious(index) ? 1 : 0)
  }
}

extension Int {
  /// The sum, or the greatest number: hostile headers can claim anything.
  func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? Int.max : sum
  }
}
