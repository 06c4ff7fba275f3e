/// What decides between two accounts of a difference, each number with its reason.
enum DiffThresholds {
  /// Layers that correlate as much come from each other.
  ///
  /// Samples of 12,288 values correlate by 0.009 at random; copies that were trained on stay far above.
  static let copiedLayer = 0.2

  /// Matrices that correlate less have nothing in common.
  ///
  /// The sums are over whole matrices, of which the smallest that count, 32 × 32, correlate by 0.03
  /// at random.
  static let related = 0.2

  /// Another order of rows or columns has to correlate by so much more to be believed.
  static let betterOrder = 0.2

  /// The share of new zeros that makes a tensor pruned: the margin over zeros by rounding that
  /// classification has, too.
  static let pruned = 0.05

  /// The share of new zeros that makes a tensor pruned where nothing else changed in it: natural zeros
  /// of 16-bit weights are a hundred times rarer.
  static let onlyZeros = 0.001

  /// The share of a pruned reference's zeros that stays zero where training respects them.
  static let keptZeros = 0.99

  /// The share of the surviving weights that are the reference's where a tensor was only pruned.
  static let survivors = 0.9

  /// Heads that correlate as much with others, or with means of others, come from them: one of two heads
  /// correlates with their mean by 0.7 only.
  static let sameHead = 0.9

  /// Weights were multiplied by a constant where it differs from 1 by at least so much; the drift of
  /// trained weights is smaller and comes with noise.
  static let scaled = 0.01

  /// And where there are so many of them: two numbers always are multiples of each other's direction.
  static let fewestScaled = 32

  /// At most so many numbers that differ between two models are told one by one.
  static let fewValues = 16

  /// From this share of equal weights on a model is not unrelated, whatever became of the others.
  static let partlySame = 0.05

  /// The share of new zeros that shows pruning through quantization, whose codes for zero alone make
  /// up to half of a heavy-tailed matrix.
  static let prunedAndQuantized = 0.45

  /// The error of quantized weights is at most so many times that of rounding normal weights to the
  /// nearest, after their tails are allowed for.
  ///
  /// Importance matrices and GPTQ trade the plain error for another and reach 1.3; quantized
  /// twice to types that are a step apart makes more than 2.
  static let quantizationMargin = 1.6

  /// And mostly less than so many times that, whatever the method: above it, the weights may have been
  /// changed before, which shows where the change is of low rank.
  static let usualQuantization = 1.35

  /// Weights that became zero and are on average above so many times the error were removed.
  ///
  /// What is rounded to zero is below half a step, on average a quarter, and a step is √12 of the
  /// error: 0.87 of it.
  static let roundedToZero = 2.0

  /// From this share of the weights on what was changed besides quantizing is told.
  static let changedBesides = 0.02

  /// From this share of the weights of a model on it is told that they have no counterpart.
  static let withoutCounterpart = 0.01

  /// The share of parameters that decides what happened to a model.
  static let majority = 0.5

  /// A low-rank difference uses at most this share of a sample's dimensions.
  static let lowRankShare = 0.34

  /// And at most this share where the step behind it leaves no doubt: adapters of rank 64 on the 128
  /// rows of few key heads.
  static let clearRankShare = 0.75

  /// The share of the difference's energy in the dimensions that stand out from noise.
  ///
  /// Rounding of the merged weights is noise of full rank.
  static let lowRankEnergy = 0.5

  /// And the step from the last that stands out to the first that does not: the dimensions of full
  /// training fade out without one.
  ///
  /// The smaller step is enough where what is left is no more than rounding. Of
  /// simulated adapters of rank 1 to 128 and full updates with spectra from flat to k⁻², on even and
  /// uneven rows, none is taken for the other; adapters far below the last place of the weights are
  /// not found.
  static let lowRankSteps = (overRounding: 1.5, overRest: 4.0)

  /// The steps where no more than two dimensions stand out, which one or two leading directions of
  /// full training do, too: a spectrum of k⁻² steps by 4.
  static let leadingSteps = (overRounding: 5.0, overRest: 10.0)

  /// What is left of a low-rank change is at most so many times the energy of rounding.
  static let lowRankRemainder = 1.5

  /// A singular value stands out where it is above the greatest of a random matrix with the rest's
  /// energy, σ(√m + √n) (Marchenko and Pastur), by this factor.
  static let noiseMargin = 1.1

  /// Rows were scaled besides where the variance of their factors is so many times what a change of its
  /// size makes by chance.
  static let scaledRows = 4.0

  /// Rows of which a cosine at least as great is found in the reference come from there.
  static let sameRow = 0.9

  /// Of rows with a lesser cosine the numbers were changed: rounding to 7 bits of mantissa leaves
  /// 0.999998.
  static let unchangedRow = 0.99999

  /// The share of sampled rows that has to be found.
  static let foundRows = 0.6
}
