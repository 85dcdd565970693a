using InferenceMeter.Tuning;
using static InferenceMeter.Tests.Tuning.MadeUpTrials;

namespace InferenceMeter.Tests.Tuning;

/// <summary>
/// A machine on which batch, instances and decoders act nearly, not quite, alone, and on which a measurement has an
/// error that shrinks with
/// its length.
/// </summary>
internal sealed class MadeUpMachine
{
    private readonly Random _random;
    private readonly Dictionary<Candidate, double> _speeds;
    private readonly double _noise;

    public MadeUpMachine(int seed, int count, double noise, double spread = 0.5)
    {
        (_random, _noise) = (new Random(seed), noise);
        Candidates =
        [
            .. from batch in Enumerable.Range(0, count / 9)
            from instances in Enumerable.Range(0, 3)
            from decoders in Enumerable.Range(0, 3)
            select Make(1 << batch, 1 << instances) with
            {
                Decoders = 1 << decoders,
                IsDefault = (batch, instances, decoders) == (0, 0, 0),
            },
        ];
        var effects = Enumerable
            .Range(0, 3)
            .Select(_ => Enumerable.Range(0, 8).Select(_ => 1 - (spread * _random.NextDouble())).ToArray())
            .ToArray();
        _speeds = Candidates.ToDictionary(
            candidate => candidate,
            candidate =>
                100
                * effects[0][int.Log2(candidate.Batch)]
                * effects[1][int.Log2(candidate.Instances)]
                * effects[2][int.Log2(candidate.Decoders)]
                * (1 - (spread * 0.02 * _random.NextDouble()))
        );
    }

    public IReadOnlyList<Candidate> Candidates { get; }

    public double Seconds { get; private set; }

    public double True(Candidate candidate) => _speeds[candidate];

    public TuningResult Search(Constraints constraints) =>
        new SuccessiveHalving(Objective.Images, constraints, Rounds)
            .RunAsync(
                Candidates,
                (candidate, seconds) =>
                {
                    Seconds += seconds;
                    var error = _noise / Math.Sqrt(seconds);
                    var normal =
                        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()))
                        * Math.Cos(2 * Math.PI * _random.NextDouble());
                    return Task.FromResult(
                        Measured(candidate, seconds, True(candidate) * (1 + (error * normal)), 1.96 * error)
                    );
                },
                (_, _) => { }
            )
            .GetAwaiter()
            .GetResult();
}
