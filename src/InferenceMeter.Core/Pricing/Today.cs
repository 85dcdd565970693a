namespace InferenceMeter.Pricing;

/// <summary>The day it is.</summary>
public static class Today
{
    /// <summary>In UTC: what prices are dated with, the same wherever they are read.</summary>
    public static DateOnly Utc(TimeProvider time) => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    /// <summary>
    /// The later one of here and UTC: no date that a user gives may be younger. East of Greenwich the day begins before
    /// UTC's, and
    /// a price of this morning is none that is still to come.
    /// </summary>
    public static DateOnly Latest(TimeProvider time)
    {
        var local = DateOnly.FromDateTime(time.GetLocalNow().DateTime);
        return local > Utc(time) ? local : Utc(time);
    }
}
