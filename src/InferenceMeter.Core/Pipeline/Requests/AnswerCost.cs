using InferenceMeter.Pricing;

namespace InferenceMeter.Pipeline.Requests;

/// <summary>What answers cost: the share of the machine that worked on them, for as long as it did.</summary>
/// <param name="InstanceShare">
/// Of the machine, while an instance runs a batch: its share of the cores, or of the GPUs.
/// </param>
/// <param name="DecoderShare">Of the machine, while a decoder works: a core's; 0 where the money is the GPUs'.</param>
public readonly record struct AnswerCost(double InstanceShare, double DecoderShare)
{
    /// <summary>
    /// US dollars: price per second x (decoding x its share + running the batch x its share / images in it). Waiting
    /// costs nothing here; the machine's idle time is in the <c>wall</c> basis.
    /// </summary>
    public decimal Usd(AnswerTimes times, UsdPerMachineHour price) =>
        price.Usd
        / 3600
        * (decimal)(
            (times.Decode * DecoderShare)
            + (times.BatchImages > 0 ? times.Infer * InstanceShare / times.BatchImages : 0)
        );
}
