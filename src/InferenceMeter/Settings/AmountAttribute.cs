using System.ComponentModel.DataAnnotations;

namespace InferenceMeter.Settings;

/// <summary>Money that is paid for an owned machine; may be nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AmountAttribute() : RangeAttribute(typeof(decimal), "0", "1000000000");
