namespace InferenceMeter.Metering;

/// <summary>Whether a measurement may be quoted.</summary>
public enum Verdict
{
    /// <summary>It kept all rules.</summary>
    Valid,

    /// <summary>It broke at least one.</summary>
    Invalid,

    /// <summary>It was ended before its time.</summary>
    Cancelled,
}
